"""The one search box: from typed words to coded filters and what is left of the words."""
