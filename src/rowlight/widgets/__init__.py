"""What every widget shares, in Python and on the page. Knows no lens."""
