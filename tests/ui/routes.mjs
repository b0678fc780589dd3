// Every page, with something on it where the world has a job readers.
export const routes = [
  "/", "/jobs", "/jobs/readers", "/jobs/readers/runs", "/jobs/readers/records", "/jobs/readers/requests", "/jobs/readers/requests?request=1",
  "/jobs/readers/log", "/jobs/readers/plan", "/jobs/readers/configuration", "/jobs/readers/activity", "/jobs/orders", "/jobs/orders/plan",
  "/new-job", "/new-job/audience-export", "/new-job/audience-export?screen=2", "/new-job/audience-export?screen=3",
  "/new-job/conversions-export", "/new-job/conversions-export?screen=2", "/new-job/conversions-export?screen=3",
  "/edit-job/a-draft?screen=2", "/edit-job/a-draft?screen=3", "/edit-job/some-events?screen=2", "/edit-job/some-events?screen=3",
  "/authorizations", "/authorizations/new", "/audiences", "/audiences/Readers", "/profiles", "/profiles/u1", "/profiles/bad", "/profiles/nobody", "/deletions/1",
  "/sources", "/sources/upload", "/alerts", "/audit", "/access", "/settings", "/help", "/help/authorizations", "/help/jobs",
  "/help/destinations", "/help/reasons", "/help/fields", "/help/keys", "/no/such/page",
];

// Pages that look different while there is nothing yet.
export const emptyRoutes = [
  "/", "/jobs", "/new-job/audience-export", "/new-job/audience-export?screen=2", "/new-job/audience-export?screen=3", "/new-job/conversions-export?screen=2",
  "/authorizations", "/authorizations/new", "/audiences", "/profiles", "/sources", "/alerts", "/audit", "/access", "/settings",
];

// Pages that show what the service has to say when it fails.
export const failingRoutes = [
  "/", "/jobs", "/jobs/readers", "/jobs/readers/records", "/jobs/readers/requests", "/new-job/audience-export", "/new-job/audience-export?screen=3", "/edit-job/readers",
  "/authorizations", "/authorizations/new", "/audiences", "/audiences/Readers", "/profiles/u1", "/sources", "/alerts", "/audit", "/access", "/settings", "/help/reasons",
];
