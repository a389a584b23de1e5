import { type ReactNode, useRef, useState } from "react";
import css from "./drop-area.module.css";

/** What a spreadsheet is chosen by. */
const SPREADSHEETS = ".csv,.tsv,.txt,.xlsx,text/csv";

/** Where a file is dropped; what stands in it gets whether one hangs over it, and how to choose one. */
export function DropArea(props: {
  onFile: (file: File) => void;
  className?: string;
  children: (over: boolean, choose: () => void) => ReactNode;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) props.onFile(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an addition; the button does the same
    <div
      className={[css.area, props.className].filter(Boolean).join(" ")}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      {props.children(over, () => input.current?.click())}
      <input
        ref={input}
        type="file"
        hidden
        accept={SPREADSHEETS}
        onChange={(event) => {
          take(event.currentTarget.files);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
