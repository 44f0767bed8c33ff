"""Tests of actors/business."""
