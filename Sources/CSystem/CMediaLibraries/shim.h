// Nothing for Swift: the module only tells CMedia where the libraries are.
