// What must not compile. tsc fails where one of these is no mistake any more; nothing imports this file.
import { at, call, get } from "./client";
import { useLive } from "./loaded";

export const mistakes = () => {
  // @ts-expect-error: there is no such path
  at("/api/v1/nothing");
  // @ts-expect-error: a part is missing
  at("/api/v1/jobs/{name}/plan");
  // @ts-expect-error: it has no such parameter
  at("/api/v1/jobs/{name}/records", "readers", { colour: "red" });
  // @ts-expect-error: a path is made by at()
  void get("/api/v1/jobs");
  // @ts-expect-error: it has no such method
  void call("DELETE", at("/api/v1/jobs"));
  // @ts-expect-error: its body is missing
  void call("POST", at("/api/v1/users"));
  // @ts-expect-error: a user has no colour
  void call("POST", at("/api/v1/users"), { name: "ann", role: "viewer", colour: "red" });
  // @ts-expect-error: an answer has no such key
  void get(at("/api/v1/jobs")).then(({ colour }) => colour);
  // @ts-expect-error: they do not show the same
  useLive(at("/api/v1/live/jobs"), at("/api/v1/users"));
};
