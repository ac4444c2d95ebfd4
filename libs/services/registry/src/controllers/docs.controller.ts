import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { DOCS_HEADERS, DOCS_PAGE, loadDocsFile } from '../docs/docs-files.ts';
import { ProblemError } from '../http/problem.ts';

/** A page that shows openapi.json; all that it needs comes from here. */
@Controller('docs')
export class DocsController {
  @Get()
  page(@Res({ passthrough: true }) reply: FastifyReply) {
    void reply.headers({ ...DOCS_HEADERS, 'content-type': 'text/html; charset=utf-8' });
    return DOCS_PAGE;
  }

  @Get(':file')
  async file(
    @Param('file', { schema: z.string() }) name: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const file = await loadDocsFile(name);
    if (file === null) throw new ProblemError('route-unknown');
    void reply.headers({ ...DOCS_HEADERS, 'content-type': file.contentType });
    return file.content;
  }
}
