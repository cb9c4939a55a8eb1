"""A run as data and as pages: the record, tables, curves, the report page, the model card."""
