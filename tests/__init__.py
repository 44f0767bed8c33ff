"""The suite mirrors the source paths: csms/domain/session.py is specified by tests/csms/domain/test_session.py."""
