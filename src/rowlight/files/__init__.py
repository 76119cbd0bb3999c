"""What is read out of a model's files: tables and tokenizers. Two optional packages do the reading."""
