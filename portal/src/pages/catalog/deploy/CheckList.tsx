import { makeStyles, Text, tokens } from '@fluentui/react-components'
import {
  ArrowCircleRight20Regular,
  CheckmarkCircle20Filled,
  DismissCircle20Filled,
  QuestionCircle20Regular,
} from '@fluentui/react-icons'
import { CopyField } from '../../../components/CopyField'
import type { Check } from '../eligibility'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', rowGap: '12px' },
  item: { display: 'flex', columnGap: '10px', minWidth: 0 },
  icon: { flexShrink: 0 },
  words: { minWidth: 0, flexGrow: 1, overflowWrap: 'anywhere' },
  says: { color: tokens.colorNeutralForeground2 },
  fix: { display: 'flex', flexDirection: 'column', rowGap: '6px', marginBlockStart: '6px' },
})

const LOOKS = {
  met: { Icon: CheckmarkCircle20Filled, color: tokens.colorStatusSuccessForeground1, word: 'met' },
  unmet: { Icon: DismissCircle20Filled, color: tokens.colorStatusDangerForeground1, word: 'not met' },
  later: { Icon: ArrowCircleRight20Regular, color: tokens.colorNeutralForeground3, word: 'done on the way' },
  unknown: { Icon: QuestionCircle20Regular, color: tokens.colorNeutralForeground3, word: 'not known' },
} as const

/** Rules, whether each is met, and what to do where it is not. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  const styles = useStyles()
  return (
    <ul className={styles.list} aria-label="Requirements">
      {checks.map(check => {
        const { Icon, color, word } = LOOKS[check.state]
        return (
          <li key={check.rule} className={styles.item}>
            <Icon className={styles.icon} style={{ color }} aria-label={word} />
            <div className={styles.words}>
              <Text weight="semibold" block>
                {check.rule}
              </Text>
              <Text size={200} block className={styles.says}>
                {check.says}
              </Text>
              {check.fix && (
                <div className={styles.fix}>
                  <Text size={200}>{check.fix}</Text>
                  {check.code && <CopyField text={check.code} label={`the command for: ${check.rule}`} />}
                </div>
              )}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
