"""The languages of the package, one folder each: values only."""
