"""Properties of the domain take no stop-watch: the machine may be busy with other things."""

import hypothesis

hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.load_profile("no-deadline")
