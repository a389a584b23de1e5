import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useSignOut } from "../../app/shell.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { SetUp } from "../settings/code.tsx";
import { DoorFrame } from "./frame.tsx";

/** Whoever has to have a code and has none: this and nothing else. */
export function SetUpCodePage() {
  const { t } = useI18n();
  const queries = useQueryClient();
  const signOut = useSignOut();
  const words = t.code.first;
  useEffect(() => {
    document.title = `${words.title} · Vernis`;
  }, [words.title]);
  return (
    <DoorFrame title={words.title} lead={words.lead}>
      <SetUp forced onDone={() => void queries.resetQueries({ queryKey: ["session"] })} />
      <Button mt={16} variant="subtle" loading={signOut.isPending} onClick={() => signOut.mutate()}>
        {t.settings.account.signOut}
      </Button>
    </DoorFrame>
  );
}
