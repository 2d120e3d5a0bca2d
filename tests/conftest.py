"""That this file is here makes `wire`, which lies beside it, importable from every test."""
