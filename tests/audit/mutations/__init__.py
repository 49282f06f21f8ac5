"""What is done to a good case; mutate.py says how to call it."""
