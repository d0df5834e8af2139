"""What people write to a shop: sentiment, intent, topics, emerging complaints, and the questions they keep asking."""
