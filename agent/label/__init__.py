"""The AI label on everything that leaves: explicit in the text, implicit in the file, and the check that both are true.

人工智能生成合成内容标识办法 and GB 45438-2025, in force since 2025-09-01. Nothing here removes a label.
"""
