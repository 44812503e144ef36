import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Spinner,
} from '@fluentui/react-components'
import { type ReactNode, useState } from 'react'
import { type ApiProblem, asProblem } from '../api/problem'
import { ProblemMessage } from './ProblemMessage'
import { useFocusBack } from './useFocusBack'

// What a button does is read in one line where there is room for one.
const WHOLE = { whiteSpace: 'nowrap', maxWidth: 'none' } as const

interface Props {
  open: boolean
  onClose: () => void
  title: string
  /** What it means, and what depends on it. */
  children: ReactNode
  /** The words of the button: `Delete endpoint`. */
  action: string
  /** The name to type before the button works, where there is no way back. */
  typed?: string
  /** Does it; the dialog closes where it works, and says why where it does not. */
  onConfirm: () => Promise<unknown>
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog({ open, onClose, title, children, action, typed, onConfirm }: Props) {
  const focusBack = useFocusBack()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const isReady = typed === undefined || text.trim() === typed

  function close() {
    setText('')
    setProblem(undefined)
    onClose()
  }

  async function confirm() {
    setBusy(true)
    setProblem(undefined)
    try {
      await onConfirm()
      close()
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog open={open} onOpenChange={(_, data) => !data.open && !busy && close()}>
      <DialogSurface ref={focusBack}>
        <form
          onSubmit={event => {
            event.preventDefault()
            if (isReady && !busy) void confirm()
          }}
        >
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent style={{ display: 'flex', flexDirection: 'column', rowGap: 12 }}>
              <div>{children}</div>
              {typed !== undefined && (
                <Field label={`Type ${typed} to go on`}>
                  <Input
                    value={text}
                    onChange={(_, data) => setText(data.value)}
                    autoComplete="off"
                    spellCheck={false}
                  />
                </Field>
              )}
              {problem && <ProblemMessage problem={problem} />}
            </DialogContent>
            <DialogActions>
              <Button type="button" onClick={close} disabledFocusable={busy}>
                Cancel
              </Button>
              <Button
                type="submit"
                appearance="primary"
                style={WHOLE}
                disabled={!isReady}
                disabledFocusable={busy}
                icon={busy ? <Spinner size="extra-tiny" aria-hidden="true" /> : null}
              >
                {action}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  )
}
