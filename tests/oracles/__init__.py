"""Our schedules against those of other libraries, step by step."""
