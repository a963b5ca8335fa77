"""To whom, in what order: the chain of a model, thinned by what its targets can do, may see, and how they are."""
