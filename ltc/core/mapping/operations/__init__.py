"""The closed vocabulary of operations: codecs that read raw values and write them back."""
