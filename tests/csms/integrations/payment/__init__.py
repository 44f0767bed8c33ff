"""Tests of csms/integrations/payment."""
