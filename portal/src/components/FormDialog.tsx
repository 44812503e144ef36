import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Spinner,
} from '@fluentui/react-components'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '../api/problem'
import { ProblemMessage } from './ProblemMessage'
import { useFocusBack } from './useFocusBack'

// What a button does is read in one line where there is room for one.
const WHOLE = { whiteSpace: 'nowrap', maxWidth: 'none' } as const

interface Props {
  title: string
  onClose: () => void
  /** The words of the button: `Add`. */
  action: string
  /** Is enough filled in? */
  isReady: boolean
  onSubmit: () => Promise<unknown>
  /** What there is to say afterwards, such as a secret that is shown once. Without it the dialog closes. */
  done?: ReactNode
  children: ReactNode
}

/** Fields, a button, why it was refused, and what came of it. Mounted while it is open. */
export function FormDialog({ title, onClose, action, isReady, onSubmit, done, children }: Props) {
  const focusBack = useFocusBack()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()

  // A refusal below long fields is seen all the same.
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (problem) end.current?.scrollIntoView({ block: 'nearest' })
  }, [problem])

  // The button that was pressed is gone by then.
  const last = useRef<HTMLButtonElement>(null)
  const isDone = Boolean(done)
  useEffect(() => {
    if (isDone) last.current?.focus()
  }, [isDone])

  async function submit() {
    setBusy(true)
    setProblem(undefined)
    try {
      await onSubmit()
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy(false)
    }
  }

  // What is shown once is not lost by a click beside it.
  return (
    <Dialog
      open
      modalType={done ? 'alert' : 'modal'}
      onOpenChange={(_, data) => !data.open && !busy && !done && onClose()}
    >
      <DialogSurface ref={focusBack}>
        <form
          onSubmit={event => {
            event.preventDefault()
            event.stopPropagation()
            if (done) onClose()
            else if (isReady && !busy) void submit()
          }}
        >
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent style={{ display: 'flex', flexDirection: 'column', rowGap: 12 }}>
              {done ?? children}
              <div ref={end}>{problem && <ProblemMessage problem={problem} />}</div>
            </DialogContent>
            <DialogActions>
              {done ? (
                <Button ref={last} type="submit" appearance="primary">
                  Done
                </Button>
              ) : (
                <>
                  <Button type="button" onClick={onClose} disabledFocusable={busy}>
                    Cancel
                  </Button>
                  <Button
                    type="submit"
                    appearance="primary"
                    style={WHOLE}
                    disabled={!isReady && !busy}
                    disabledFocusable={busy}
                    icon={busy ? <Spinner size="extra-tiny" aria-hidden="true" /> : null}
                  >
                    {action}
                  </Button>
                </>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  )
}
