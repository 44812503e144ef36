import { Link, makeStyles, tokens } from '@fluentui/react-components'
import { Fragment, memo, type ReactNode, useMemo } from 'react'
import { CopyButton } from '../../../components/CopyButton'
import { type Block, blocks } from './blocks'
import { type Inline, inlines } from './inlines'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '10px',
    minWidth: 0,
    overflowWrap: 'anywhere',
    lineHeight: '1.55',
    '& p, & ul, & ol, & blockquote, & h3, & h4, & h5, & h6, & pre': { margin: 0 },
    '& ul, & ol': { paddingInlineStart: '24px', display: 'flex', flexDirection: 'column', rowGap: '4px' },
    '& li': { '> * + *': { marginBlockStart: '6px' } },
    '& h3': { fontSize: tokens.fontSizeBase500, lineHeight: tokens.lineHeightBase500 },
    '& h4': { fontSize: tokens.fontSizeBase400, lineHeight: tokens.lineHeightBase400 },
    '& h5, & h6': { fontSize: tokens.fontSizeBase300 },
    '& blockquote': {
      paddingInlineStart: '12px',
      borderInlineStartWidth: '3px',
      borderInlineStartStyle: 'solid',
      borderInlineStartColor: tokens.colorNeutralStroke1,
      color: tokens.colorNeutralForeground2,
    },
    '& hr': {
      width: '100%',
      height: '1px',
      borderTopStyle: 'none',
      borderBottomStyle: 'none',
      borderLeftStyle: 'none',
      borderRightStyle: 'none',
      backgroundColor: tokens.colorNeutralStroke2,
    },
  },
  mono: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '0.92em',
    paddingInline: '4px',
    paddingBlock: '1px',
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  code: {
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    overflow: 'hidden',
  },
  codeHead: {
    display: 'flex',
    justifyContent: 'space-between',
    alignItems: 'center',
    paddingInline: '12px 4px',
    minHeight: '30px',
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  codeText: {
    padding: '10px 12px',
    overflowX: 'auto',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '1.5',
    direction: 'ltr',
    textAlign: 'left',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  scroll: { overflowX: 'auto' },
  table: {
    borderCollapse: 'collapse',
    '& th, & td': { border: `1px solid ${tokens.colorNeutralStroke2}`, padding: '4px 10px' },
    '& th': { backgroundColor: tokens.colorNeutralBackground3, fontWeight: tokens.fontWeightSemibold },
  },
})

type Styles = ReturnType<typeof useStyles>

/** What a model wrote, as it meant it to look. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const styles = useStyles()
  const tree = useMemo(() => blocks(text), [text])
  return (
    <div className={styles.root} dir="auto">
      <Blocks tree={tree} styles={styles} />
    </div>
  )
})

function Blocks({ tree, styles }: { tree: readonly Block[]; styles: Styles }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name, and come only at the end
  return tree.map((block, index) => <One key={index} block={block} styles={styles} />)
}

function One({ block, styles }: { block: Block; styles: Styles }): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return <p>{shown(block.text, styles)}</p>
    case 'heading': {
      // Below the headings of the page.
      const Tag = `h${Math.min(6, block.level + 2)}` as 'h3'
      return <Tag>{shown(block.text, styles)}</Tag>
    }
    case 'rule':
      return <hr />
    case 'quote':
      return (
        <blockquote>
          <Blocks tree={block.blocks} styles={styles} />
        </blockquote>
      )
    case 'code':
      return <Code language={block.language} text={block.text} styles={styles} />
    case 'list': {
      const items = block.items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <li key={index}>
          <Item blocks={item} styles={styles} />
        </li>
      ))
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>
    }
    case 'table':
      return <Table block={block} styles={styles} />
  }
}

// A list whose items are a line each is set close, without paragraphs.
function Item({ blocks, styles }: { blocks: readonly Block[]; styles: Styles }) {
  const [first, ...rest] = blocks
  if (first?.kind !== 'paragraph') return <Blocks tree={blocks} styles={styles} />
  return (
    <>
      <span>{shown(first.text, styles)}</span>
      <Blocks tree={rest} styles={styles} />
    </>
  )
}

function Code({ language, text, styles }: { language: string; text: string; styles: Styles }) {
  return (
    <div className={styles.code}>
      <div className={styles.codeHead}>
        <span>{language || 'text'}</span>
        <CopyButton text={text} label="Copy this code" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <pre className={styles.codeText} tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  )
}

function Table({ block, styles }: { block: Extract<Block, { kind: 'table' }>; styles: Styles }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <div className={styles.scroll} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {block.head.map((cell, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
              <th key={column} style={{ textAlign: block.align[column] }}>
                {shown(cell, styles)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <tr key={index}>
              {row.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <td key={column} style={{ textAlign: block.align[column] }}>
                  {shown(cell, styles)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function shown(text: string, styles: Styles): ReactNode {
  return parts(inlines(text), styles)
}

function parts(list: readonly Inline[], styles: Styles): ReactNode {
  return list.map((part, index) => {
    const key = index
    switch (part.kind) {
      case 'text':
        return <Fragment key={key}>{part.text}</Fragment>
      case 'break':
        return <br key={key} />
      case 'code':
        return (
          <code key={key} className={styles.mono}>
            {part.text}
          </code>
        )
      case 'strong':
        return <strong key={key}>{parts(part.parts, styles)}</strong>
      case 'emphasis':
        return <em key={key}>{parts(part.parts, styles)}</em>
      case 'deleted':
        return <del key={key}>{parts(part.parts, styles)}</del>
      case 'link':
        // To another place, which learns nothing about where it was linked from.
        return (
          <Link key={key} href={part.address} target="_blank" rel="noopener noreferrer nofollow">
            {parts(part.parts, styles)}
          </Link>
        )
    }
    return null
  })
}
