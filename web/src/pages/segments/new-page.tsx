import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import { defined } from "../../lib/url.ts";
import { Await, PageHead } from "../../ui/page.tsx";
import { Editor } from "./editor.tsx";
import { treeOf } from "./tree.ts";

/** A new segment: empty, a copy of a ready one, or what a list or a picture is narrowed by. */
export function NewSegmentPage() {
  const { t, l } = useI18n();
  const search = useSearch({ from: "/app/segments/new" });
  const vocabulary = useQuery(calls.segmentVocabulary);
  const ready = useQuery({ ...calls.readySegments, enabled: search.ready !== undefined });
  const { ready: key, text, ...listed } = search;
  const fromList = Object.keys(listed).length > 0;
  const list = useQuery({ ...calls.segmentOfList(defined(listed)), enabled: fromList });
  const one = ready.data?.find((own) => own.key === key);
  const forms = fromList ? list.data : one?.forms;
  const waiting = (fromList && !list.data) || (key !== undefined && !ready.data);
  return (
    <>
      <PageHead
        title={one ? l(one.name) : t.segments.editor.titleNew}
        sentence={one ? l(one.about) : t.segments.editor.sentenceNew}
      />
      <Await query={fromList && list.error ? { ...list, data: undefined } : vocabulary} height={320}>
        {() =>
          waiting || !vocabulary.data ? null : (
            <Editor
              key={JSON.stringify(search)}
              vocabulary={vocabulary.data}
              name={one ? l(one.name) : undefined}
              start={text ? { by: "text", text } : { by: "tree", tree: treeOf(forms?.definition) }}
            />
          )
        }
      </Await>
    </>
  );
}
