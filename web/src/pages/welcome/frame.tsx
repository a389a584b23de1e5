import type { ReactNode } from "react";
import mark from "../../app/mark.svg";
import { LanguageButton, SchemeButton } from "../../app/shell.tsx";
import css from "./welcome.module.css";

/** The plain sheet before the sign-in: mark, words, one form. */
export function DoorFrame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <div className={css.gate}>
      <div className={css.gateTop}>
        <LanguageButton />
        <SchemeButton />
      </div>
      <main className={css.card}>
        <img src={mark} alt="" className={css.mark} />
        <h1 className={css.title}>{title}</h1>
        {lead && <p className={css.lead}>{lead}</p>}
        {children}
      </main>
    </div>
  );
}
