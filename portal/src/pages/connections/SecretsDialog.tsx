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
import { useEffect, useState } from 'react'
import { api, ask } from '../../api/client'
import { type ApiProblem, asProblem } from '../../api/problem'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { SecretField } from '../../components/SecretField'
import { useFocusBack } from '../../components/useFocusBack'
import { secretsOf, wordsOfField } from './kinds'
import type { Connection } from './useConnections'

/** The credentials of a connection, to those who may. They are asked for when this is opened, and forgotten when it is closed. */
export function SecretsDialog({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const { path } = useWorkspace()
  const { subscription, group, workspace } = path
  const [secrets, setSecrets] = useState<[string, string][]>()
  const [problem, setProblem] = useState<ApiProblem>()

  useEffect(() => {
    const stop = new AbortController()
    ask(
      api.POST(
        '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections/{name}/listsecrets',
        {
          params: { path: { subscription, group, workspace, name: connection.name } },
          signal: stop.signal,
        },
      ),
    )
      .then(found => setSecrets(secretsOf(found.properties.credentials)))
      .catch(error => {
        if (!stop.signal.aborted) setProblem(asProblem(error))
      })
    return () => stop.abort()
  }, [subscription, group, workspace, connection.name])

  const focusBack = useFocusBack()
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface ref={focusBack}>
        <DialogBody>
          <DialogTitle>Credentials of {connection.name}</DialogTitle>
          <DialogContent style={{ display: 'flex', flexDirection: 'column', rowGap: 12 }}>
            {problem && <ProblemMessage problem={problem} />}
            {!problem && !secrets && <LoadingRows rows={1} what="the credentials" />}
            {secrets?.length === 0 && <Text>This way of signing in has no credentials.</Text>}
            {secrets?.map(([name, value]) => (
              <div key={name}>
                <Text size={200} block>
                  {wordsOfField(name)}
                </Text>
                <SecretField secret={value} label={wordsOfField(name)} />
              </div>
            ))}
            {secrets && <Text size={200}>That you looked is in the activity log.</Text>}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Close</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
