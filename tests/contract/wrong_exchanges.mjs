// Exchanges that must be refused, each with a part of the complaint: they prove that the test can fail.

const lists = "/v5/ad_accounts/549755885175/customer_lists";
const hash = "a".repeat(64);
const list = { id: "643", name: "Readers", status: "READY", created_time: 1767225600 };

function exchange(name, complaint, method, path, request, status, answer) {
  return {
    name,
    complaint,
    method,
    path,
    content_type: request === undefined ? "" : "application/json",
    request_body: request === undefined ? "" : JSON.stringify(request),
    status,
    response_body: typeof answer === "string" ? answer : JSON.stringify(answer),
  };
}

const create = (request) => ["POST", lists, request, 200, list];
const change = (request) => ["PATCH", `${lists}/643`, request, 200, list];
const answered = (status, answer) => ["GET", `${lists}/643`, undefined, status, answer];

export const wrongExchanges = [
  exchange("records as an array", "/records must be string", ...create({ name: "x", records: [hash] })),
  exchange("no records", "required property 'records'", ...create({ name: "x" })),
  exchange("no name", "required property 'name'", ...create({ records: hash })),
  exchange("a list type that is none", "/list_type must be equal", ...create({ name: "x", records: hash, list_type: "email" })),
  exchange("a key that is none", "(colour)", ...create({ name: "x", records: hash, colour: "red" })),
  exchange("an operation that is none", "/operation_type must be equal", ...change({ operation_type: "UPSERT", records: hash })),
  exchange("no operation", "required property 'operation_type'", ...change({ records: hash })),
  exchange("a null", "/records must be string", ...change({ operation_type: "ADD", records: null })),
  exchange("no body", "is not JSON", "PATCH", `${lists}/643`, undefined, 200, list),
  exchange("a body that reads have not", "there should be none", "GET", `${lists}/643`, {}, 200, list),
  exchange("letters in an id", "path 'ad_account_id'", "GET", "/v5/ad_accounts/me", undefined, 200, { id: "1" }),
  exchange("an id of 19 digits", "path 'customer_list_id'", "GET", `${lists}/1234567890123456789`, undefined, 200, list),
  exchange("a page of 251", "query 'page_size'", "GET", `${lists}?page_size=251`, undefined, 200, { items: [] }),
  exchange("a page size in words", "query 'page_size'", "GET", `${lists}?page_size=all`, undefined, 200, { items: [] }),
  exchange("an order that is none", "query 'order'", "GET", `${lists}?order=desc`, undefined, 200, { items: [] }),
  exchange("a query key that is none", "'limit' is unknown", "GET", `${lists}?limit=5`, undefined, 200, { items: [] }),
  exchange("a method that is none", "no operation", "DELETE", `${lists}/643`, undefined, 200, list),
  exchange("a path that is none", "no operation", "GET", "/v5/customer_lists", undefined, 200, list),
  exchange("another base", "no operation", "GET", "/v4/ad_accounts", undefined, 200, { items: [] }),
  exchange("an id as a number", "/id must be string", ...answered(200, { ...list, id: 643 })),
  exchange("a status that is none", "/status must be equal", ...answered(200, { ...list, status: "DONE" })),
  exchange("a time as a string", "/created_time must be number", ...answered(200, { ...list, created_time: "1767225600" })),
  exchange("a field that is none", "(size)", ...answered(200, { ...list, size: 5 })),
  exchange("a page without items", "required property 'items'", "GET", lists, undefined, 200, { bookmark: null }),
  exchange("an item with a wrong field", "/items/0", "GET", lists, undefined, 200, { items: [{ ...list, size: 5 }] }),
  exchange("an answer that is no JSON", "is not JSON", ...answered(200, "<html>")),
  exchange("an error without a message", "required property 'message'", ...answered(404, { code: 1001 })),
  exchange("an error with a code as text", "/code must be integer", ...answered(404, { code: "1001", message: "x" })),
  exchange("a deviation in another place", "(status)", ...answered(404, { code: 1, message: "x", status: "failure" })),
  {
    ...exchange("a refresh without its token", "required property 'refresh_token'", "POST", "/v5/oauth/token"),
    content_type: "application/x-www-form-urlencoded",
    request_body: "grant_type=refresh_token&code=c1",
    spoilt: true,
  },
  { ...exchange("an answer we would misread", "reads status 200 as", ...answered(200, list)), verdict: "unknown" },
];
