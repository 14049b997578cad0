"""Stories to try the service with, and a program that posts them."""
