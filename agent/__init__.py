"""What writes: brief -> context -> prompt -> attempt -> checked draft."""
