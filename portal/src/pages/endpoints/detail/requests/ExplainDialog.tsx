import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Text,
} from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { call } from '../../../../api/call'
import { asProblem } from '../../../../api/problem'
import { CopyField } from '../../../../components/CopyField'
import { LoadingRows } from '../../../../components/LoadingRows'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import { useFocusBack } from '../../../../components/useFocusBack'

interface Explained {
  value: { id: string; properties: { explanation: string[]; commands?: string[] } }[]
}

/** What the record has of a request: who asked, how it ended, what it was charged, what the content filter found. */
export function ExplainDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const focusBack = useFocusBack()
  const found = useQuery({
    queryKey: ['explain', id],
    queryFn: ({ signal }) => call<Explained>(`/providers/Cupola.Audit/events/${encodeURIComponent(id)}`, signal),
  })
  const again = () => void found.refetch()
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface ref={focusBack}>
        <DialogBody>
          <DialogTitle>Request {id.slice(0, 8)}…</DialogTitle>
          <DialogContent style={{ display: 'flex', flexDirection: 'column', rowGap: 12, overflowWrap: 'anywhere' }}>
            {found.error ? (
              <ProblemMessage problem={asProblem(found.error)} onRetry={again} />
            ) : !found.data ? (
              <LoadingRows rows={3} what="the record" onRetry={again} />
            ) : (
              found.data.value.flatMap(event =>
                event.properties.explanation.map(sentence => (
                  <Text as="p" key={`${event.id} ${sentence}`} style={{ margin: 0 }}>
                    {sentence}
                  </Text>
                )),
              )
            )}
            <CopyField text={`cupola explain ${id}`} label="the command" />
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onClose}>
              Close
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
