"""A small local site with known contents and named misbehaviours, for the demo and the tests."""
