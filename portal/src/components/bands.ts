import type uPlot from 'uplot'

/** Areas between two of the series, by their places, the upper one first. */
export type Bands = readonly (readonly [number, number])[]

// How much of what is behind an area is covered; two hexadecimal digits.
const COVERED = '2e'

/** Draws areas between pairs of lines: both lines thin and of one colour, which the area has as well. */
export function addBands(options: uPlot.Options, bands: Bands, colours: readonly string[]) {
  // Colours go on behind those of the lines that are not the edge of an area.
  const lines = options.series.length - 1 - 2 * bands.length
  options.bands = bands.map(([high, low], at) => {
    const colour = colours[(lines + at) % colours.length] ?? '#808080'
    // The first series of a plot is its time.
    for (const edge of [high + 1, low + 1]) {
      const series = options.series[edge]
      if (series) Object.assign(series, { stroke: colour, width: 1, points: { show: false } })
    }
    return { series: [high + 1, low + 1], fill: colour + COVERED }
  })
}
