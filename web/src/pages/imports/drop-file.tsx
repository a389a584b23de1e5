import { Button, Progress } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { upload } from "../../api/client.ts";
import { useI18n } from "../../i18n/index.tsx";
import { DropArea } from "../../ui/drop-area.tsx";
import { FileIcon } from "../../ui/icons.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./imports.module.css";

/** Where a file is dropped or chosen; it goes up at once and opens its own page. */
export function DropFile() {
  const { t, f } = useI18n();
  const words = t.imports;
  const queries = useQueryClient();
  const go = useNavigate();
  const [share, setShare] = useState(0);
  const send = useMutation({
    mutationFn: (file: File) => upload(file, setShare),
    onSuccess: (made) => {
      queries.setQueryData(["imports", made.id], made);
      void queries.invalidateQueries({ queryKey: ["imports"], exact: true });
      void go({ to: "/imports/$id", params: { id: made.id } });
    },
  });
  return (
    <DropArea
      className={css.drop}
      onFile={(file) => {
        setShare(0);
        send.mutate(file);
      }}
    >
      {(over, choose) => (
        <>
          <FileIcon size={32} />
          {send.isPending ? (
            <div role="status">
              <b>{words.uploading(f.share(share, 0))}</b>
              <Progress value={share * 100} mt={12} aria-label={words.uploading("")} />
            </div>
          ) : (
            <>
              <b>{over ? words.dropNow : words.drop}</b>
              <p className="soft small">{words.dropNote}</p>
              <Button onClick={choose}>{words.choose}</Button>
            </>
          )}
          {send.error && (
            <div style={{ textAlign: "left", marginTop: 16 }}>
              <ProblemNote error={send.error} />
            </div>
          )}
        </>
      )}
    </DropArea>
  );
}
