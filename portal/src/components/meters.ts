// How people call what is counted and priced.

const METERS: Record<string, string> = {
  prompt_tokens: 'Prompt tokens',
  cached_prompt_tokens: 'Cached prompt tokens',
  completion_tokens: 'Completion tokens',
  reasoning_tokens: 'Reasoning tokens',
  requests: 'Requests',
  search_units: 'Search units',
  images: 'Images',
  finetune_prompt_tokens: 'Fine-tuning prompt tokens',
  finetune_completion_tokens: 'Fine-tuning completion tokens',
}

/** A meter in words. */
export function meterName(meter: string): string {
  return METERS[meter] ?? meter.replaceAll('_', ' ')
}
