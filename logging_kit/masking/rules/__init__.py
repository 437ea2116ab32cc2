"""Rules that find secrets in text, one module for each kind of rule."""
