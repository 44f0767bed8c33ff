"""What comes of priced sessions: bills, payments, mails, and messages to apps."""
