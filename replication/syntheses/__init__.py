"""What chapters of our own compute from several papers at once; each module is one of them."""
