"""What people, lists and conversions must look like after a history of rows, commands and edits. A small model of
the product's promises; it knows nothing of how Pinrelay works inside, and shares nothing with it but SHA-256."""

from pinrelay import email_hash


class Person:
    def __init__(self):
        self.fields, self.audiences = {}, set()

    def consents(self, field):
        return field is None or self.fields.get(field) is True

    def hashes(self, job):
        """The identifiers that an audience export has of them."""
        out = set()
        for field, kind in (pair for entry in job["identifiers"] for pair in entry.items()):
            value = self.fields.get(field)
            if value:
                out.add(value if kind == "sha256_email" else email_hash(value))
        return out

    def wanted(self, job):
        in_it = job["audience"] in self.audiences and self.consents(job.get("consent_field"))
        return self.hashes(job) if in_it else set()


class Job:
    """As commands have left it. state: draft, running, paused, stopped, removing."""

    def __init__(self, number, settings, list_key):
        self.number, self.settings, self.list_key = number, settings, list_key
        self.state = "draft"

    @property
    def converts(self):
        return self.settings["type"] == "conversions_export"

    @property
    def writes(self):
        return self.state in ("running", "paused") and not self.converts

    @property
    def collects(self):
        return self.state in ("running", "paused") and self.converts

    @property
    def sends(self):
        return self.state == "running" and not self.settings.get("test_mode")

    def asks_for(self, audience, enters):
        which = self.settings.get("membership_events", "enters_and_exits")
        return self.settings["audience"] == audience and which in ("enters_and_exits", "enters" if enters else "exits")

    def field_of(self, target):
        return next(field for mapped in self.settings["event"] for field, to in mapped.items() if to == target)


class Event:
    """One membership event, as the conversion that one job makes of it."""

    def __init__(self, job, key):
        self.job, self.key = job.number, key
        self.name = self.id = None
        self.alive = self.certain = True
        self.invalid = self.sendable = False


class Expectations:
    def __init__(self):
        self.people, self.jobs, self.events = {}, {}, []
        self.foreign, self.placed, self.left = {}, {}, {}
        self.erasing = {}  # what is on a list for erased people alone: the list removes it with its next flush
        self.excused = set()  # conversions whose fate a job took with it
        self.jobs_made = self.lists_made = 0

    # ---- rows ----

    def person(self, key):
        return self.people.setdefault(key, Person())

    def request(self, rows):
        """Rows of one request, all of the same moment; of a file: consecutive lines of one key."""
        entered = {}  # (key, audience) → the conversions that wait for the person's values
        for row in rows:
            key = row["key"]
            if row["type"] == "delete":
                self.delete(key)
                entered = {which: events for which, events in entered.items() if which[0] != key}
            elif row["type"] == "profile":
                self.update(key, row["fields"])
                for (who, _), events in entered.items():
                    if who == key:
                        for event in events:
                            self.read(event)
                self.changed(key)
            else:
                self.move(key, row["audience"], row["type"] == "enter", entered)
        self.note_sendable()

    def update(self, key, fields):
        known = self.person(key).fields
        for name, value in fields.items():
            if value is None:
                known.pop(name, None)
            else:
                known[name] = value

    def move(self, key, audience, enters, entered):
        audiences = self.person(key).audiences
        entered.pop((key, audience), None)
        if enters == (audience in audiences):
            return
        audiences.symmetric_difference_update({audience})
        made = []
        for job in self.jobs.values():
            if job.collects and job.asks_for(audience, enters):
                made.append(Event(job, key))
                self.events.append(made[-1])
                self.read(made[-1])
        if enters:
            entered[key, audience] = made
        self.changed(key)

    def read(self, event):
        """With what is known of the person now."""
        job, person = self.job_of(event), self.person(event.key)
        event.alive = not job.settings.get("test_mode") and person.consents(job.settings.get("consent_field"))
        event.name = job.settings["event_name_default"]
        event.id = person.fields.get(job.field_of("event_id")) or None
        event.invalid = event.id is None or not person.fields.get("email")

    def changed(self, key):
        person = self.person(key)
        for job in self.jobs.values():
            if job.writes:
                for identifier in person.wanted(job.settings):
                    self.placed.setdefault(job.list_key, {}).setdefault(identifier, set()).add(key)
            elif job.converts and not person.consents(job.settings.get("consent_field")):
                self.end(lambda event, number=job.number: event.key == key and event.job == number)

    def delete(self, key):
        self.people[key] = Person()
        self.end(lambda event: event.key == key)
        for list_key, identifiers in self.placed.items():
            for identifier, owners in identifiers.items():
                if owners == {key}:
                    self.erasing.setdefault(list_key, set()).add(identifier)
                owners.discard(key)

    def snapshot(self, audience, keys):
        """The exits of a file that is the whole audience."""
        for key in sorted(self.people):
            if audience in self.people[key].audiences and key not in keys:
                self.move(key, audience, False, {})
        self.note_sendable()

    def end(self, which):
        for event in self.events:
            if event.alive and which(event):
                event.alive = False

    # ---- jobs ----

    def job_of(self, event):
        return next((job for job in self.jobs.values() if job.number == event.job), None)

    def list_of(self, settings):
        if settings.get("list"):
            return settings["list"]["id"]
        self.lists_made += 1
        return f"made {self.lists_made}"

    def apply(self, settings):
        job = self.jobs.get(settings["name"])
        if job is None:
            self.jobs_made += 1
            job = self.jobs[settings["name"]] = Job(self.jobs_made, settings, self.list_of(settings))
            return
        before, job.settings = job.settings, settings
        if before.get("list") != settings.get("list") and not job.converts:
            old, wrote = job.list_key, job.writes
            job.list_key = self.list_of(settings)
            if wrote:
                self.leave(old)
        if before.get("audience") != settings["audience"]:
            self.end(lambda event: event.job == job.number and event.invalid)
        for key in self.people:
            self.changed(key)
        self.note_sendable()

    def start(self, name):
        self.jobs[name].state = "running"
        for key in self.people:
            self.changed(key)

    def pause(self, name):
        self.jobs[name].state = "paused"

    def resume(self, name):
        self.jobs[name].state = "running"
        self.note_sendable()

    def stop(self, name):
        job = self.jobs[name]
        wrote, job.state = job.writes, "stopped"
        self.over(job, wrote)

    def remove(self, name, first):
        job = self.jobs[name]
        if first:
            job.state = "removing"
            return
        del self.jobs[name]
        self.over(job, job.writes)

    def removed(self, name):
        """Everybody was removed first, and the job has gone."""
        del self.jobs[name]

    def over(self, job, wrote):
        if job.converts:
            self.excused |= {(event.name, event.id) for event in self.events if event.job == job.number and event.sendable}
            self.end(lambda event: event.job == job.number)
        elif wrote:
            self.leave(job.list_key)

    def leave(self, list_key):
        """Whoever the last writer has put there stays."""
        if not any(job.list_key == list_key and job.writes for job in self.jobs.values()):
            self.left.setdefault(list_key, set()).update(self.placed.get(list_key, {}))

    def retry(self, name):
        """Conversions that lacked something are made from today's values; they were never sent under any id."""
        job = self.jobs[name]
        for event in self.events:
            if event.job != job.number or not event.alive:
                continue
            event.certain = False
            fields = self.person(event.key).fields
            today = fields.get(job.field_of("event_id")) or None
            if event.invalid and fields.get("email") and today:
                event.name, event.id, event.invalid = job.settings["event_name_default"], today, False
        self.note_sendable()

    def note_sendable(self):
        """From this moment on these may have been sent, whatever happens next."""
        sending = {job.number for job in self.jobs.values() if job.sends and job.converts}
        for event in self.events:
            if event.alive and not event.invalid and event.job in sending:
                event.sendable = True

    # ---- what has to be true once all is quiet ----

    def list_must(self, list_key):
        out = set()
        for job in self.jobs.values():
            if job.writes and job.list_key == list_key:
                for person in self.people.values():
                    out |= person.wanted(job.settings)
        return out

    def list_may(self, list_key, flushed):
        placed = self.placed.get(list_key, {})
        left = {identifier for identifier in self.left.get(list_key, ()) if placed.get(identifier)}
        # A list that nobody writes sends erasures every five minutes, or when everything is flushed.
        written = any(job.writes and job.list_key == list_key for job in self.jobs.values())
        erasing = set() if written or flushed else self.erasing.get(list_key, set())
        return self.foreign.get(list_key, set()) | left | erasing

    def conversions_may(self):
        return {(event.name, event.id) for event in self.events if event.sendable}

    def conversions_must(self):
        sending = {job.number for job in self.jobs.values() if job.sends and job.converts}
        return {(event.name, event.id) for event in self.events
                if event.alive and event.certain and not event.invalid and event.job in sending} - self.excused
