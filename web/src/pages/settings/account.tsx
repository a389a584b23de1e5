import { Button, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { useHere } from "../../app/session.tsx";
import { useSignOut } from "../../app/shell.tsx";
import { useI18n } from "../../i18n/index.tsx";
import type { Language } from "../../i18n/language.ts";
import { Panel } from "../../ui/page.tsx";
import css from "./settings.module.css";

export function AccountTab() {
  const { t, language, setLanguage } = useI18n();
  const words = t.settings.account;
  const { session } = useHere();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return (
    <Panel>
      <div className={css.form}>
        <dl style={{ margin: 0, display: "grid", gridTemplateColumns: "auto 1fr", gap: "6px 24px" }}>
          <dt className="soft">{words.name}</dt>
          <dd style={{ margin: 0 }}>{session.user.name}</dd>
          <dt className="soft">{words.login}</dt>
          <dd style={{ margin: 0 }}>{session.user.login}</dd>
          <dt className="soft">{words.program}</dt>
          <dd style={{ margin: 0 }}>{t.common.top.program(session.program_version)}</dd>
        </dl>
        <div>
          <div className="small" style={{ fontWeight: 500, marginBottom: 4 }}>
            {words.language}
          </div>
          <SegmentedControl
            aria-label={words.language}
            value={language}
            onChange={(next) => setLanguage(next as Language)}
            data={[
              { value: "ru", label: "Русский" },
              { value: "en", label: "English" },
            ]}
          />
        </div>
        <div>
          <div className="small" style={{ fontWeight: 500, marginBottom: 4 }}>
            {words.theme}
          </div>
          <SegmentedControl
            aria-label={words.theme}
            value={colorScheme}
            onChange={(next) => setColorScheme(next as "light" | "dark" | "auto")}
            data={[
              { value: "light", label: words.light },
              { value: "dark", label: words.dark },
              { value: "auto", label: words.auto },
            ]}
          />
        </div>
        <div>
          <Button variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()}>
            {words.signOut}
          </Button>
        </div>
      </div>
    </Panel>
  );
}
