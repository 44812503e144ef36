import { Badge, Card, makeStyles, Text, tokens } from '@fluentui/react-components'
import { StateBadge } from '../../components/StateBadge'
import { useLink } from '../../components/useLink'
import { ModelMark } from './ModelMark'
import { type CatalogModel, contextName, pathOf, priceLine, taskName } from './model'

const useStyles = makeStyles({
  card: {
    position: 'relative',
    height: '100%',
    rowGap: '8px',
    padding: '14px',
    boxShadow: 'none',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    ':hover': { border: `1px solid ${tokens.colorNeutralStroke1Hover}` },
    ':focus-within': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  head: { display: 'flex', columnGap: '12px', alignItems: 'center', minWidth: 0 },
  words: { minWidth: 0, flexGrow: 1 },
  // The whole card leads to the model; the link alone is what keys and screen readers find.
  link: {
    display: 'block',
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase300,
    textDecorationLine: 'none',
    outlineStyle: 'none',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    '::after': { content: '""', position: 'absolute', inset: 0, borderRadius: tokens.borderRadiusLarge },
  },
  publisher: { color: tokens.colorNeutralForeground3 },
  description: {
    color: tokens.colorNeutralForeground2,
    display: '-webkit-box',
    WebkitLineClamp: '2',
    WebkitBoxOrient: 'vertical',
    overflow: 'hidden',
    minHeight: '32px',
    overflowWrap: 'anywhere',
  },
  badges: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  foot: {
    display: 'flex',
    columnGap: '12px',
    alignItems: 'end',
    justifyContent: 'space-between',
    marginBlockStart: 'auto',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
})

/** A model as one of many. */
export function ModelCard({ model }: { model: CatalogModel }) {
  const styles = useStyles()
  return (
    <Card className={styles.card} as="div">
      <div className={styles.head}>
        <ModelMark publisher={model.publisher} />
        <div className={styles.words}>
          <a className={styles.link} title={model.displayName} {...useLink(pathOf(model))}>
            {model.displayName}
          </a>
          <Text size={200} className={styles.publisher} block truncate wrap={false}>
            {model.publisher}
          </Text>
        </div>
        {model.preview && (
          <Badge appearance="outline" color="warning">
            Preview
          </Badge>
        )}
      </div>
      <Text size={200} className={styles.description}>
        {model.description}
      </Text>
      <div className={styles.badges}>
        <Badge appearance="tint" color="brand">
          {taskName(model.task)}
        </Badge>
        <Badge appearance="tint" color="informative">{`${contextName(model.contextTokens)} context`}</Badge>
        {model.soldBy === 'partner' && (
          <Badge appearance="tint" color="informative">
            Subscription
          </Badge>
        )}
      </div>
      <div className={styles.foot}>
        <span>{priceLine(model)}</span>
        <StateBadge tone={model.binding ? 'good' : 'off'}>{model.binding ? 'Ready' : 'No backend'}</StateBadge>
      </div>
    </Card>
  )
}
