import { makeStyles, tokens } from '@fluentui/react-components'

/** The frame of a text to take along, and the text in it. */
export const useFieldStyles = makeStyles({
  root: {
    display: 'flex',
    alignItems: 'center',
    columnGap: '4px',
    minWidth: 0,
    paddingInlineStart: '10px',
    paddingInlineEnd: '4px',
    minHeight: '32px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  text: {
    flexGrow: 1,
    minWidth: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    // Addresses and keys are read from left to right in every language.
    direction: 'ltr',
    unicodeBidi: 'isolate',
  },
})

/** What stands for a secret: as many as nothing says about it. */
export const HIDDEN = '•'.repeat(24)
