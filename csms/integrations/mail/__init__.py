"""Mails: `letters` writes them in the reader's language, `smtp` hands them to the operator's relay.

What is to be sent waits in the table `mails` (csms/storage/reference/mails.py); actors/business/mailing.py sends it.
"""
