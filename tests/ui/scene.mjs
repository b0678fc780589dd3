// What a flow works with: the page, and the world behind it: rows that come in, the simulator, the API.
import { expect, open } from "./browser.mjs";

const patience = 60_000;

export class Scene {
  constructor(parts) {
    Object.assign(this, parts);
  }

  // Opens a page of the interface, and waits until nothing of it is loading any more.
  async goto(path) {
    await this.page.goto(this.world.base + path);
    await this.settled();
  }

  async settled(page = this.page) {
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  }

  // Asks again and again until the answer is a yes; the state has to come by itself.
  async until(what, condition) {
    const ends = Date.now() + patience;
    for (;;) {
      const answer = await condition();
      if (answer) return answer;
      expect(Date.now() < ends, `it never came that ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async send(...rows) {
    const answer = await fetch(this.world.base + "/v1/changes", {
      method: "POST",
      headers: { Authorization: `Bearer ${this.world.writeKey}`, "Content-Type": "application/x-ndjson" },
      body: rows.map((row) => JSON.stringify(row) + "\n").join(""),
    });
    expect(answer.status === 202, `the rows are refused: ${answer.status} ${await answer.text()}`);
  }

  // People of an audience, with fields; returns once they are in it.
  async enter(audience, people) {
    await this.send(...Object.entries(people).flatMap(([key, fields]) => [{ type: "profile", key, fields }, { type: "enter", key, audience }]));
    await this.until(`they are in ${audience}`, async () => {
      const known = await Promise.all(Object.keys(people).map((key) => this.api("GET", `/api/v1/profiles/${key}`)));
      return known.every(({ json }) => json.audiences?.some((each) => each.name === audience && each.member));
    });
  }

  // The service's API, as the person who is signed in.
  async api(method, path, body, context = this.context) {
    const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const answer = await fetch(this.world.base + path, {
      method,
      headers: { Origin: this.world.base, "Sec-Fetch-Site": "same-origin", Cookie: cookies, ...(body !== undefined && { "Content-Type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: await answer.json().catch(() => null) };
  }

  async job(name, settings, start = false) {
    const put = await this.api("PUT", `/api/v1/jobs/${name}`, { settings });
    expect(put.status === 200, `the job is refused: ${JSON.stringify(put.json)}`);
    if (start) expect((await this.api("POST", `/api/v1/jobs/${name}/start`)).status === 200, "the job does not start");
    return name;
  }

  // An audience export of a label and an audience of its own.
  audienceJob(name, audience, start = false, more = {}) {
    return this.job(
      name,
      { type: "audience_export", label: name, authorization: "acme", audience, ad_account: this.world.adAccount, identifiers: [{ email: "email" }], flush: { after: "1h" }, create_audience: false, ...more },
      start,
    );
  }

  // Sends what is queued, once so many people are.
  async flush(name, people) {
    await this.until(`${people} people are queued`, async () => (await this.api("GET", `/api/v1/jobs/${name}`)).json.queue?.queued_users >= people);
    await this.api("POST", `/api/v1/jobs/${name}/flush`);
  }

  conversionsJob(name, audience, start = false, more = {}) {
    return this.job(
      name,
      {
        type: "conversions_export", label: name, authorization: "acme", audience, ad_account: this.world.adAccount, identifiers: [{ email: "em" }],
        event: [{ order_id: "event_id" }, { ordered_at: "event_time" }], action_source_default: "web", event_name_default: "checkout", ...more,
      },
      start,
    );
  }

  // The simulator behind the service.
  async sim(method, path, body) {
    const answer = await fetch(`${this.world.pinterest[0]}/_sim/${path}`, { method, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }) });
    const text = await answer.text();
    expect(answer.ok, `the simulator: ${answer.status} ${text}`);
    return text;
  }

  async lists() {
    return JSON.parse(await this.sim("GET", "state")).lists;
  }

  async members(list) {
    return (await this.sim("GET", `lists/${list}/members`)).split(/\s+/).filter(Boolean);
  }

  async conversions() {
    const lines = (await this.sim("GET", "conversions?from=0&limit=10000")).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }

  // Another browser, where nobody is signed in.
  async elsewhere(options = {}) {
    const { context, page } = await open(this.browser, this.world, undefined, options);
    return { context, page };
  }

  // A user of that role, signed in elsewhere.
  async as(role, name) {
    const { status, json } = await this.api("POST", "/api/v1/users", { name, role });
    expect(status === 201 || status === 200, `the user is refused: ${status} ${JSON.stringify(json)}`);
    const { context, page } = await this.elsewhere();
    await page.goto(json.link);
    await page.getByLabel("Password").fill(this.world.password);
    await page.getByRole("button", { name: "Set password and sign in" }).click();
    await page.waitForURL(this.world.base + "/");
    return { context, page };
  }

  // Everything that the page asks of the API is answered like this until the function that is returned is called.
  async apiAnswers(answer, pattern = "**/api/v1/**") {
    await this.page.route(pattern, answer);
    return () => this.page.unroute(pattern, answer);
  }
}

export const problem = (status, code, detail, fix = "try again") => (route) =>
  route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ status, code, title: detail, detail, fix }) });
export const down = (route) => route.abort();
