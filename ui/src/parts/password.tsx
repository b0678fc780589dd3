// How somebody changes the own password.
import { useState } from "preact/hooks";

import { at, call } from "../api/client";
import { Dialog, say } from "./dialogs";
import { Form, TextField } from "./forms";

export function OwnPassword({ onClose }: { onClose: () => void }) {
  const [present, setPresent] = useState("");
  const [next, setNext] = useState("");
  const act = async () => {
    await call("POST", at("/api/v1/session/password"), { password: present, new_password: next });
    say("Your password is changed; your other sessions have ended.");
    onClose();
  };
  return (
    <Dialog title="Change your password" onClose={onClose}>
      <Form does="Change it" act={act}>
        <TextField label="Present password" type="password" value={present} onValue={setPresent} required autoComplete="current-password" />
        <TextField label="New password" type="password" value={next} onValue={setNext} required autoComplete="new-password" hint="12 characters or more; several words are good." />
      </Form>
    </Dialog>
  );
}
