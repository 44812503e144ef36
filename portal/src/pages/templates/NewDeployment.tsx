import { Button, Field, Input, makeStyles, Select, Spinner, Text } from '@fluentui/react-components'
import { ArrowUpload20Regular } from '@fluentui/react-icons'
import { useRef, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { type ApiProblem, asProblem } from '../../api/problem'
import { useScope } from '../../app/scope/ScopeContext'
import { useToasts } from '../../app/toasts'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { GuardedButton } from '../../components/GuardedButton'
import { ProblemMessage } from '../../components/ProblemMessage'
import { useUnloadWarning } from '../../components/useUnloadWarning'
import { Comparing } from './Comparing'
import { Complaints } from './Complaints'
import type { Change } from './difference'
import { Editor, type EditorHandle } from './Editor'
import { ParameterForm } from './ParameterForm'
import { RegionSelect } from './RegionSelect'
import { deploy, type Wanted, whatIf } from './send'
import { scopeOf } from './target'
import { type Complaint, languageOf, parameterBody, readJson, textsOfFile } from './template'
import { useChecked } from './useChecked'
import { useDraft } from './useDraft'
import { useTarget } from './useTarget'
import { WhatIf } from './WhatIf'

// Where a project is not chosen, and so no region is known.
const FIRST_REGION = 'eastus2'

const FILE_BYTES_MAX = 1024 * 1024

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '16px', minWidth: 0 },
  tools: { display: 'flex', flexWrap: 'wrap', gap: '12px', alignItems: 'end' },
  // A name that the page made is seen whole.
  name: { flexBasis: '280px', maxWidth: '100%' },
  language: { paddingBlockEnd: '8px' },
})

/** A template, checked as it is typed, compared with what is there, and deployed. */
export function NewDeployment() {
  const styles = useStyles()
  const say = useToasts()
  const navigate = useNavigate()
  const { search } = useLocation()
  const { target, subscriptionName } = useTarget()
  const { workspace } = useScope()
  const editor = useRef<EditorHandle>(null)
  const file = useRef<HTMLInputElement>(null)
  const compare = useRef<HTMLButtonElement>(null)
  const stopping = useRef<AbortController>(undefined)
  const { draft, isTyped, change, type, forget } = useDraft()
  const { text, texts, name, region } = draft
  const [round, setRound] = useState(0)
  const [busy, setBusy] = useState<'whatIf' | 'deploy'>()
  const [changes, setChanges] = useState<readonly Change[]>()
  const [problem, setProblem] = useState<ApiProblem>()
  const [refused, setRefused] = useState<readonly Complaint[]>([])
  const [asking, setAsking] = useState(false)

  useUnloadWarning(isTyped)
  const place = target && name ? { ...target, name } : undefined
  // What is in no group is never deleted for not being in a template.
  const isWhole = target !== undefined && target.group === undefined
  const mode = isWhole ? 'Incremental' : draft.mode
  const location = isWhole ? (region ?? workspace?.location ?? FIRST_REGION) : undefined
  const checked = useChecked(text, texts, place, { mode, location }, round)
  const scope = target ? scopeOf(target) : '/'
  const complaints = refused.length > 0 ? refused : checked.complaints
  const isReady =
    !busy && place && checked.state === 'checked' && !checked.complaints.some(one => one.level === 'Error')

  function changed(next: () => void) {
    // What is compared is not what stands there any more.
    if (busy === 'whatIf') stopping.current?.abort()
    next()
    setChanges(undefined)
    setProblem(undefined)
    setRefused([])
  }

  function endComparison() {
    stopping.current?.abort()
    // The button that was pressed goes now.
    compare.current?.focus()
  }

  async function perform(what: 'whatIf' | 'deploy') {
    if (!place) return
    const stop = new AbortController()
    stopping.current = stop
    setBusy(what)
    setProblem(undefined)
    const wanted = { template: checked.template, parameters: parameterBody(checked.parameters, texts), mode, location }
    try {
      if (what === 'whatIf') {
        const found = await whatIf(place, wanted, stop.signal)
        setRefused(found.complaints)
        if (found.complaints.length === 0) setChanges(found.changes)
        return
      }
      const found = await deploy(place, wanted)
      setRefused(found)
      if (found.length > 0) return
      await navigate({ pathname: `/templates/history/${encodeURIComponent(name)}`, search })
      forget()
    } catch (error) {
      if (!stop.signal.aborted) setProblem(asProblem(error))
    } finally {
      setBusy(undefined)
    }
  }

  async function upload(chosen: File | undefined) {
    if (!chosen) return
    if (chosen.size > FILE_BYTES_MAX) return say('error', 'The file is too large', 'A template has at most 1 MiB here.')
    const content = await chosen.text()
    const values = textsOfFile(readJson(content))
    changed(() => (values ? type(values) : change({ text: content })))
    say('info', values ? 'The values are in the form' : 'The template is in the editor', chosen.name)
  }

  return (
    <div className={styles.root}>
      <div className={styles.tools}>
        <Field label="Name of the deployment" className={styles.name}>
          <Input
            value={name}
            maxLength={64}
            spellCheck={false}
            onChange={(_, data) => change({ name: data.value.trim() })}
          />
        </Field>
        {isWhole ? (
          <RegionSelect
            subscription={target.subscription}
            region={location ?? ''}
            onRegion={next => changed(() => change({ region: next }))}
          />
        ) : (
          <Field label="Mode">
            <Select value={mode} onChange={(_, data) => changed(() => change({ mode: data.value as Wanted['mode'] }))}>
              <option value="Incremental">Incremental: what is not in it stays</option>
              <option value="Complete">Complete: what is not in it is deleted</option>
            </Select>
          </Field>
        )}
        <Button icon={<ArrowUpload20Regular />} onClick={() => file.current?.click()}>
          Upload a file
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          aria-label="Template or parameter file"
          accept=".json,.jsonc,.bicep,application/json"
          onChange={event => {
            void upload(event.target.files?.[0])
            event.target.value = ''
          }}
        />
        <Text size={200} className={styles.language}>
          {text.trim() === '' ? '' : languageOf(text) === 'json' ? 'ARM JSON' : 'Bicep'}
        </Text>
      </div>
      <div>
        <Editor
          ref={editor}
          label="Template, ARM JSON or Bicep"
          text={text}
          onText={next => changed(() => change({ text: next }))}
          complaints={complaints}
          describedBy="template-complaints"
        />
        {text.trim() === '' ? (
          <Text id="template-complaints" size={200} block>
            Paste an ARM template or Bicep here, or upload a file; a parameter file fills the form.
            {isWhole && ` Into ${subscriptionName} itself go groups, and deployments into groups.`}
          </Text>
        ) : (
          <Complaints
            id="template-complaints"
            complaints={complaints}
            state={checked.state}
            onLine={line => editor.current?.goTo(line)}
          />
        )}
      </div>
      {checked.problem && <ProblemMessage problem={checked.problem} onRetry={() => setRound(round + 1)} />}
      <ParameterForm
        parameters={checked.parameters}
        texts={texts}
        complaints={complaints}
        onText={(parameter, value) => changed(() => type({ [parameter]: value }))}
      />
      {problem && <ProblemMessage problem={problem} />}
      <div className={styles.tools}>
        <GuardedButton
          action="Microsoft.Resources/deployments/write"
          scope={scope}
          appearance="primary"
          disabled={!isReady}
          isBusy={busy !== undefined}
          {...(busy === 'deploy' ? { icon: <Spinner size="extra-tiny" aria-hidden="true" /> } : {})}
          onClick={() => (mode === 'Complete' ? setAsking(true) : void perform('deploy'))}
        >
          Deploy
        </GuardedButton>
        <GuardedButton
          ref={compare}
          action="Microsoft.Resources/deployments/whatIf/action"
          scope={scope}
          disabled={!isReady}
          isBusy={busy !== undefined}
          {...(busy === 'whatIf' ? { icon: <Spinner size="extra-tiny" aria-hidden="true" /> } : {})}
          onClick={() => void perform('whatIf')}
        >
          What would change
        </GuardedButton>
        {busy === 'whatIf' && <Comparing onStop={endComparison} />}
      </div>
      {changes && <WhatIf changes={changes} />}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Make ${target?.group} what the template says?`}
        action="Deploy"
        typed={target?.group ?? ''}
        onConfirm={() => perform('deploy')}
      >
        In the mode Complete, everything in {target?.group} that is not in the template is deleted. Look first at what
        would change.
      </ConfirmDialog>
    </div>
  )
}
