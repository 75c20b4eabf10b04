"""What `ltc mdm` does with files and golden records."""
