import {
  Button,
  Field,
  Input,
  makeStyles,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Select,
  Text,
  tokens,
} from '@fluentui/react-components'
import { ChevronDown16Regular, FolderOpen20Regular, Search16Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { askAgain } from '../../api/queryClient'
import { LoadingRows } from '../../components/LoadingRows'
import { useWorkspaces } from './places'
import { useScope } from './ScopeContext'
import { namesOfId } from './scope'
import { WorkspaceList } from './WorkspaceList'

const useStyles = makeStyles({
  button: { minWidth: 0, maxWidth: 'min(420px, 60vw)', paddingInline: '8px', fontWeight: tokens.fontWeightRegular },
  words: { display: 'flex', flexDirection: 'column', alignItems: 'start', minWidth: 0, lineHeight: 1.2, rowGap: '1px' },
  name: {
    maxWidth: '100%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontWeight: tokens.fontWeightSemibold,
  },
  where: {
    maxWidth: '100%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    color: tokens.colorNeutralForeground3,
  },
  surface: { width: 'min(380px, calc(100vw - 24px))', display: 'flex', flexDirection: 'column', rowGap: '12px' },
})

/** Chooses where the pages work: a subscription, and a project in it. */
export function ScopePicker({ isNarrow }: { isNarrow: boolean }) {
  const styles = useStyles()
  const scope = useScope()
  const [open, setOpen] = useState(false)
  const { names, subscription, workspace } = scope
  const name = names?.workspace ?? subscription?.displayName ?? (scope.isLoading ? 'Loading' : 'No project')
  const where = [subscription?.displayName, names?.group, workspace?.location].filter(Boolean).join(' / ')
  return (
    <Popover
      open={open}
      onOpenChange={(_, data) => setOpen(data.open)}
      trapFocus
      positioning={{ position: 'below', align: 'start', overflowBoundaryPadding: 8 }}
    >
      <PopoverTrigger disableButtonEnhancement>
        <Button appearance="subtle" className={styles.button} icon={isNarrow ? null : <FolderOpen20Regular />}>
          <span className={styles.words}>
            <span className={styles.name}>{name}</span>
            {where && (
              <Text size={100} className={styles.where}>
                {where}
              </Text>
            )}
          </span>
          <ChevronDown16Regular style={{ marginInlineStart: 8, flexShrink: 0 }} />
        </Button>
      </PopoverTrigger>
      <PopoverSurface className={styles.surface} aria-label="Choose a project">
        <Choices onDone={() => setOpen(false)} />
      </PopoverSurface>
    </Popover>
  )
}

function Choices({ onDone }: { onDone: () => void }) {
  const scope = useScope()
  const [subscription, setSubscription] = useState(scope.subscription?.subscriptionId)
  const [filter, setFilter] = useState('')
  const workspaces = useWorkspaces(subscription)
  return (
    <>
      <Field label="Subscription" size="small">
        <Select value={subscription ?? ''} onChange={(_, data) => setSubscription(data.value)}>
          {scope.subscriptions.map(one => (
            <option key={one.subscriptionId} value={one.subscriptionId}>
              {one.displayName}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Project" size="small">
        <Input
          value={filter}
          onChange={(_, data) => setFilter(data.value)}
          contentBefore={<Search16Regular />}
          placeholder="Filter by name, group or region"
          type="search"
        />
      </Field>
      {workspaces.isPending ? (
        <LoadingRows rows={3} what="projects" onRetry={() => void askAgain(['workspaces', subscription])} />
      ) : (
        <WorkspaceList
          workspaces={workspaces.data ?? []}
          filter={filter}
          chosen={scope.workspace?.id}
          onChoose={one => {
            const { group } = namesOfId(one.id)
            if (subscription && group) scope.choose({ subscription, group, workspace: one.name })
            onDone()
          }}
        />
      )}
    </>
  )
}
