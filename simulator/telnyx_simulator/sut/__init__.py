"""The system under test: a URL and some environment, described by its profile `sut.yaml`."""
