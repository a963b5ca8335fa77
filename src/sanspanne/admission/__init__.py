"""May it come in now? Room at each target, a fair queue before it, and what each caller may use."""
