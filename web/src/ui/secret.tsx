import { Button, CopyButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useI18n } from "../i18n/index.tsx";
import css from "./secret.module.css";

/** A value that is shown this once, to be copied: a key, a link, a password. */
export function Secret(props: { value: string; testId?: string; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <div className={css.secret} role="status">
      <span>{props.children}</span>
      <code data-testid={props.testId}>{props.value}</code>
      <CopyButton value={props.value}>
        {({ copied, copy }) => (
          <Button size="xs" variant="default" onClick={copy}>
            {copied ? t.common.act.copied : t.common.act.copy}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
